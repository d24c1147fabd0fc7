<?php return ['hello' => 'Moin'];
