<?php
namespace App\Controller;

use Symfony\Bundle\FrameworkBundle\Controller\AbstractController;
use Symfony\Component\ExpressionLanguage\ExpressionLanguage;
use Symfony\Component\Form\Extension\Core\Type as Field;
use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\HttpFoundation\{JsonResponse, Request, Response, StreamedResponse};
use Symfony\Component\Intl;
use Symfony\Component\Mailer\{Mailer, Transport};
use Symfony\Component\Mime\Email;
use Symfony\Component\Process\Process;
use Symfony\Component\Serializer\{Encoder, Normalizer, Serializer};
use Symfony\Component\String\Slugger\AsciiSlugger;
use Symfony\Component\Validator\Constraints as Assert;
use Symfony\Component\Yaml\Yaml;
use Symfony\Contracts\Translation\TranslatorInterface;

class Harbour extends AbstractController
{
    public function home(Request $request): Response
    {
        $request->setLocale($request->getPreferredLanguage(['en', 'de']));
        return $this->render('home.html.twig', ['ships' => ['Vasa', 'Mary Rose']]);
    }

    public function up(): Response
    {
        return new Response('up');
    }

    public function form(Request $request): Response
    {
        $form = $this->createFormBuilder()
            ->add('name', Field\TextType::class, ['constraints' => [new Assert\NotBlank(), new Assert\Length(['max' => 5])]])
            ->add('mail', Field\EmailType::class, ['constraints' => [new Assert\Email()]])
            ->add('country', Field\CountryType::class, ['preferred_choices' => ['SE']])
            ->add('day', Field\DateType::class, ['required' => false])
            ->add('save', Field\SubmitType::class)->getForm();
        $form->handleRequest($request);
        if ($form->isSubmitted() && $form->isValid()) {
            return new Response('saved '.$form->getData()['name']);
        }
        return $this->render('form.html.twig', ['form' => $form->createView()], new Response('', $form->isSubmitted() ? 422 : 200));
    }

    public function upload(Request $request): Response
    {
        $file = $request->files->get('file');
        return new Response($file->getMimeType().' '.$file->guessExtension().' '.$file->getSize());
    }

    public function any(string $what, Request $request, TranslatorInterface $translator): Response
    {
        $text = fn (mixed $value) => new Response((string) $value, 200, ['Content-Type' => 'text/plain; charset=UTF-8']);
        switch ($what) {
            case 'json': return new JsonResponse(['ship' => 'Vasa']);
            case 'yaml': return $text(Yaml::dump(['ship' => ['name' => 'Vasa']]));
            case 'xml':
                $serializer = new Serializer([new Normalizer\ObjectNormalizer()], [new Encoder\XmlEncoder(), new Encoder\CsvEncoder()]);
                return $text($serializer->serialize(['ship' => 'Vasa'], 'xml').$serializer->serialize([['a' => 1]], 'csv'));
            case 'translate': return $text($translator->trans('ahoi', [], null, 'de').' '.$translator->trans('ships', ['%count%' => 3]));
            case 'intl': return $this->render('intl.txt.twig');
            case 'countries': return $text(Intl\Countries::getName('SE', 'de').' '.Intl\Currencies::getSymbol('JPY').' '.Intl\Timezones::getName('Asia/Tokyo', 'fr'));
            case 'collate': $c = new \Collator('sv'); $a = ['ö', 'z', 'a']; $c->sort($a); return $text(implode('', $a));
            case 'expression': return $text((new ExpressionLanguage())->evaluate('6 * 7'));
            case 'process': $p = new Process(['date', '-u', '+%Y']); $p->mustRun(); return $text($p->getOutput());
            case 'shell': return $text(shell_exec('ls /srv/app | sort | head -n 3'));
            case 'slug': return $text((new AsciiSlugger('de'))->slug('Große Überfahrt'));
            case 'zone': return $text((new \DateTime('2024-07-01 12:00 UTC'))->setTimezone(new \DateTimeZone('Asia/Tokyo'))->format('c'));
            case 'locale': setlocale(LC_ALL, 'de_DE.UTF-8'); return $text(json_encode(localeconv()['decimal_point']));
            case 'sqlite': $db = new \PDO('sqlite:/srv/app/data/x.db'); $db->exec('create table if not exists t(a)'); $db->exec('insert into t values (1)'); return $text($db->query('select count(*) from t')->fetchColumn() > 0 ? 'row' : 'none');
            case 'memcached': $m = new \Memcached(); $m->addServer('127.0.0.1', 11211); $m->set('a', 'cached'); return $text($m->get('a'));
            case 'apcu': apcu_store('a', 'stored'); return $text(apcu_fetch('a'));
            case 'image': $i = imagecreatetruecolor(9, 9); ob_start(); match ($request->query->get('form', 'png')) { 'jpeg' => imagejpeg($i), 'webp' => imagewebp($i), 'gif' => imagegif($i), default => imagepng($i) }; return new Response(ob_get_clean(), 200, ['Content-Type' => 'image/png']);
            case 'mail': $mail = (new Email())->from('a@harbour.test')->to('b@harbour.test')->subject('Grüße')->text('x')->attach('x', 'a.txt'); (new Mailer(Transport::fromDsn('null://null')))->send($mail); return $text($mail->toString());
            case 'client': return $text(HttpClient::create()->request('GET', 'http://127.0.0.1/do/json')->toArray()['ship']);
            case 'session': $s = $request->getSession(); $s->set('n', $s->get('n', 0) + 1); return $text($s->get('n'));
            case 'stream': return new StreamedResponse(function () { foreach ([1, 2, 3] as $n) { echo "part $n\n"; flush(); } });
            case 'cache': $c = new \Symfony\Component\Cache\Adapter\FilesystemAdapter(); return $text($c->get('x', fn () => 'fresh'));
            case 'password': return $text(password_verify('a', password_hash('a', PASSWORD_ARGON2ID)) ? 'right' : 'wrong');
            case 'mb': return $text(mb_convert_encoding(mb_convert_encoding('日本', 'SJIS', 'UTF-8'), 'UTF-8', 'SJIS').iconv('UTF-8', 'ASCII//TRANSLIT', 'ü'));
            case 'resolver': return $text(gethostbyname('localhost'));
            case 'boom': throw new \RuntimeException('shipwreck');
        }
        throw $this->createNotFoundException();
    }
}
