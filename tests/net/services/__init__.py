"""Services, asked without a network and over one."""
