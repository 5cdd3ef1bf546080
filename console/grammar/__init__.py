"""The command line's language, one for the console and the shell. Pure: text and a context in, a command out."""
