"""What the pages of this app show, ready for their templates."""
