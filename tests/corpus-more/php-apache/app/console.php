<?php
require_once 'Symfony/Component/Console/autoload.php';
$app = new Symfony\Component\Console\Application('harbour');
$app->register('fleet:count')->setCode(function ($in, $out) {
    (new Symfony\Component\Console\Helper\Table($out))->setHeaders(['ships'])->setRows([[2]])->render();
    return 0;
});
$app->run();
