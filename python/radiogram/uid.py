class UID(str): pass
