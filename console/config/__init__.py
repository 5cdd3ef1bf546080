"""The desk's files of settings: where they are, what they may say, and one clear line for what is wrong."""
