"""Values of elements, against pydicom's."""
