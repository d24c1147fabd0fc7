<?php
foreach (['FrameworkBundle' => 'Symfony/Bundle/FrameworkBundle', 'TwigBundle' => 'Symfony/Bundle/TwigBundle'] as $path) {
    require_once "/usr/share/php/$path/autoload.php";
}
foreach (['Console', 'Yaml', 'Translation', 'Validator', 'Form', 'Mailer', 'Intl', 'Process', 'ExpressionLanguage', 'Serializer', 'PropertyAccess', 'HttpClient', 'String', 'Mime'] as $part) {
    $file = "/usr/share/php/Symfony/Component/$part/autoload.php";
    if (is_file($file)) {
        require_once $file;
    }
}
require_once '/usr/share/php/Twig/Extra/Intl/autoload.php';
spl_autoload_register(function (string $class): void {
    if (str_starts_with($class, 'App\\')) {
        $file = __DIR__.'/src/'.strtr(substr($class, 4), '\\', '/').'.php';
        if (is_file($file)) {
            require $file;
        }
    }
});
