"""The application: command line, start-up wiring, the Textual app, its screens, key map and command bar."""
