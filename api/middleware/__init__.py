"""What every request passes: size limits, request log, host and CSRF checks."""
