CREATE TABLE ship (id serial PRIMARY KEY, name text NOT NULL, launched timestamptz);
INSERT INTO ship (name, launched) VALUES ('Vasa', '1628-08-10 17:00+01'), ('Ålesund', '1904-01-23 03:00+01');
