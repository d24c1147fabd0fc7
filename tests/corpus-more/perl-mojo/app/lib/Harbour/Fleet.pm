package Harbour::Fleet;
use strict; use warnings;
use DBI;
my $db;
sub db { $db //= do { my $d = DBI->connect('dbi:SQLite:dbname=/tmp/fleet.db', '', '', {RaiseError => 1}); $d->do('create table if not exists ship (name text)'); $d->do("insert into ship select 'Vasa' where not exists (select 1 from ship)"); $d } }
sub all { db()->selectall_arrayref('select name from ship', {Slice => {}}) }
sub add { db()->do('insert into ship values (?)', undef, $_[1]) }
1;
