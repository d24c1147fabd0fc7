<?php
namespace App;
require_once 'Twig/autoload.php';
class View {
    public static function show(string $name, array $with = []): string {
        $twig = new \Twig\Environment(new \Twig\Loader\FilesystemLoader(__DIR__ . '/../templates'), ['cache' => '/tmp/twig']);
        return $twig->render($name, $with);
    }
}
