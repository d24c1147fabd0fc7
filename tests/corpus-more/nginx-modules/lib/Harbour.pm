package Harbour;
use nginx;
sub handler {
    my $request = shift;
    $request->send_http_header("text/plain");
    return OK if $request->header_only;
    if (($request->args // '') =~ /time/) { require POSIX; require Time::Local; $request->print(POSIX::strftime("%Y", gmtime(Time::Local::timegm(0, 0, 0, 1, 0, 124))), "\n"); return OK; }
    if (($request->args // '') =~ /list/) { require List::Util; require Digest::MD5; $request->print(List::Util::sum(1 .. 4), " ", Digest::MD5::md5_hex("x"), "\n"); return OK; }
    $request->print("perl ", $request->uri, "\n");
    return OK;
}
1;
