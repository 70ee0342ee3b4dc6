"""What can be asked of outside systems (ports), and how (drivers).
May import io and readings; imported by runtime, rules and roles."""
