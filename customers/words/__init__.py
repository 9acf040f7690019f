"""Sentences of this app, a module for each subject: codes in, words in the reader's language out."""
