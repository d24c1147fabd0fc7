
$wgEnableUploads = true;
$wgUseImageMagick = true;
$wgImageMagickConvertCommand = '/usr/bin/convert';
$wgFileExtensions[] = 'svg';
$wgSVGConverter = 'rsvg';
$wgSVGConverters['rsvg'] = '/usr/bin/rsvg-convert -w $width -h $height -o $output $input';
$wgMainCacheType = CACHE_ACCEL;
$wgShowExceptionDetails = true;
wfLoadExtension('ParserFunctions');
wfLoadExtension('Cite');
wfLoadSkin('MonoBook');
