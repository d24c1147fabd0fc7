create table ship (name text); insert into ship values ('Vasa');
