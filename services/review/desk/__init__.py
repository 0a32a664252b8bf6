"""What people do in review and what they may see: rights and facts from elsewhere, then one command."""
