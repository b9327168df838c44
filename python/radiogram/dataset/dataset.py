"""x"""
from radiogram import _core
class Dataset(_core.Dataset):
    def _missing(self, name): return AttributeError(name)
    def __getitem__(self, key):
        e = self._element(key)
        if e is None: raise KeyError(key)
        return e
    @property
    def file_meta(self): return self._meta
    @property
    def problems(self): return self._problems()
