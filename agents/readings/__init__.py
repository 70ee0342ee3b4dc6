"""What ports answer; every driver answers in these shapes. Imports nothing of ours."""
