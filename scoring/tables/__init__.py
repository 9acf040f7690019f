"""Lists of this app, a module for each subject."""
