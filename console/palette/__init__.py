"""The command palette: every action and verb in one list that is searched by typing."""
