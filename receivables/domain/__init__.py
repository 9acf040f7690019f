"""Pure rules about what is owed: terms, documents, aging, matching. No Django, no clock."""
