require ["fileinto", "regex"];
if header :contains "subject" "spam" { fileinto "Junk"; }
