#!/usr/bin/perl -w
use strict; use Sys::Hostname; use Time::Piece; use JSON::PP;
print "Content-Type: application/json\n\n", encode_json({year => gmtime(0)->year, query => $ENV{QUERY_STRING}}), "\n";
