"""Pages that write parties and their dossier, a module per subject."""
