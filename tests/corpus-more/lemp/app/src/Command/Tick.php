<?php
namespace App\Command;

use Symfony\Component\Console\{Command\Command, Helper\Table, Input\InputInterface, Output\OutputInterface};

class Tick extends Command
{
    protected static $defaultName = 'harbour:tick';

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        (new Table($output))->setHeaders(['ship', 'at'])->setRows([['Vasa', date('c')]])->render();
        return Command::SUCCESS;
    }
}
