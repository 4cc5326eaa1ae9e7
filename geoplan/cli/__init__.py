"""The command line: the same verbs as the library, files in and files out."""
