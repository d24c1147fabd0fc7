<?php
declare(strict_types=1);
spl_autoload_register(function (string $class): void {
    $file = __DIR__ . '/../src/' . str_replace(['App\\', '\\'], ['', '/'], $class) . '.php';
    if (is_file($file)) { require $file; }
});
session_start();
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
set_exception_handler(function (Throwable $e): void { http_response_code(500); echo App\View::show('500.html.twig'); });
switch (true) {
    case $path === '/': echo App\View::show('index.html.twig', ['ships' => App\Fleet::all()]); break;
    case $path === '/healthz': echo 'ok'; break;
    case $path === '/add' && $_SERVER['REQUEST_METHOD'] === 'POST': App\Fleet::add($_POST['name']); header('Location: /', true, 303); break;
    case $path === '/api': header('Content-Type: application/json'); echo json_encode(App\Fleet::all()); break;
    case $path === '/png': $i = imagecreatetruecolor(8, 8); header('Content-Type: image/png'); imagepng($i); break;
    case $path === '/webp': $i = imagecreatetruecolor(8, 8); header('Content-Type: image/webp'); imagewebp($i); break;
    case $path === '/money': echo (new NumberFormatter('de_DE', NumberFormatter::CURRENCY))->formatCurrency(1234.5, 'EUR'); break;
    case $path === '/collate': $a = ['z', 'ö', 'a']; (new Collator('sv_SE'))->sort($a); echo implode($a); break;
    case $path === '/zone': echo (new DateTime('2024-07-01 12:00', new DateTimeZone('UTC')))->setTimezone(new DateTimeZone('Asia/Tokyo'))->format('H'); break;
    case $path === '/default-zone': echo date_default_timezone_get(); break;
    case $path === '/zip': echo App\Report\Zip::make(); break;
    case $path === '/xml': $d = new DOMDocument(); $d->loadXML('<a><b>x</b></a>'); echo (new DOMXPath($d))->query('//b')[0]->textContent, simplexml_load_string('<r>y</r>'); break;
    case $path === '/mb': echo mb_strlen('日本'), ' ', mb_convert_encoding("\xe9", 'UTF-8', 'ISO-8859-1'), ' ', iconv('UTF-8', 'ASCII//TRANSLIT', 'é'); break;
    case $path === '/bc': echo bcadd('1.1', '2.2', 1); break;
    case $path === '/hash': echo password_verify('x', password_hash('x', PASSWORD_ARGON2ID)) ? 'verified' : 'no', hash('xxh3', 'x'); break;
    case $path === '/session': $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1; echo $_SESSION['n']; break;
    case $path === '/lang': echo (require __DIR__ . '/../lang/' . basename($_GET['l']) . '.php')['hello']; break;
    case $path === '/apcu': apcu_store('a', 7); echo apcu_fetch('a'); break;
    case $path === '/curl': $c = curl_init('http://127.0.0.1/healthz'); curl_setopt($c, CURLOPT_RETURNTRANSFER, true); echo 'curl ', curl_exec($c); break;
    case $path === '/tls': $x = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']); echo openssl_pkey_get_details($x)['bits'], ' ', count(file(openssl_get_cert_locations()['default_cert_file'] ) ?: []) ; break;
    case $path === '/shell': echo shell_exec('date -u +%Y'); break;
    case $path === '/upload': echo move_uploaded_file($_FILES['f']['tmp_name'], __DIR__ . '/../data/up') ? 'uploaded ' . mime_content_type(__DIR__ . '/../data/up') : 'no'; break;
    case $path === '/info': phpinfo(); break;
    case $path === '/mail-headers': echo quoted_printable_encode('ä'); break;
    case $path === '/boom': throw new RuntimeException('boom');
    default: http_response_code(404); echo App\View::show('404.html.twig');
}
