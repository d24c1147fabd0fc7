<?php
namespace App;
class Fleet {
    private static function db(): \PDO {
        $new = !file_exists(__DIR__ . '/../data/fleet.db');
        $db = new \PDO('sqlite:' . __DIR__ . '/../data/fleet.db');
        if ($new) { $db->exec(file_get_contents(__DIR__ . '/../data/schema.sql')); }
        return $db;
    }
    public static function all(): array { return self::db()->query('select * from ship')->fetchAll(\PDO::FETCH_ASSOC); }
    public static function add(string $name): void { self::db()->prepare('insert into ship values (?)')->execute([$name]); }
}
