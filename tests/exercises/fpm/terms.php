<?php
// A package's file under a name that is put together: only who asks for this page shows that it is needed.
readfile('/usr/share/' . 'common-' . 'licenses/' . 'GPL-3');
