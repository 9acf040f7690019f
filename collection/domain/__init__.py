"""Pure rules of collection: reminders, dunning, promises, priorities. No Django, no clock."""
