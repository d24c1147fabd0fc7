package Harbour::I18N::de;
sub hello { "Moin" }
1;
