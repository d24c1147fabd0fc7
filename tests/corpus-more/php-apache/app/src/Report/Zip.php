<?php
namespace App\Report;
class Zip {
    public static function make(): string {
        $z = new \ZipArchive(); $z->open('/tmp/r.zip', \ZipArchive::CREATE | \ZipArchive::OVERWRITE); $z->addFromString('ships.txt', 'Vasa'); $z->close();
        return file_get_contents('/tmp/r.zip');
    }
}
