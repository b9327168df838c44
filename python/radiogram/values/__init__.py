class DSfloat(float): pass
class IS(int): pass
class PersonName(str): pass
class MultiValue(list): pass
class DA(str): pass
class TM(str): pass
class DT(str): pass
