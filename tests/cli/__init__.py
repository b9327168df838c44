<<<<<<< HEAD
"""The program: what it prints, what it says when it cannot, how it ends."""
=======
"""Tests of the cli room."""
>>>>>>> main
