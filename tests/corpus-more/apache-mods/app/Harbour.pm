package Harbour;
use strict;
use warnings;
use Apache2::RequestRec ();
use Apache2::RequestIO ();
use Apache2::Const -compile => qw(OK NOT_FOUND);
sub handler {
    my $r = shift;
    $r->content_type('text/plain');
    if (($r->args // '') eq 'late') { require Text::Wrap; require Encode; $r->print(Text::Wrap::wrap('', '', 'late'), Encode::encode('iso-8859-5', "x")); return Apache2::Const::OK; }
    $r->print("perl $ENV{MOD_PERL}\n");
    return Apache2::Const::OK;
}
1;
