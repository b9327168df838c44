"""pynetdicom's name for the handlers of its log, which its programs set to silence it: nothing to silence is here."""
