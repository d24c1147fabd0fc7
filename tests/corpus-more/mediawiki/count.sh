#!/bin/bash
cd /var/lib/mediawiki && php maintenance/showSiteStats.php | awk -F: '/pages/ { gsub(/ /, "", $2); print "pages=" $2 }'
