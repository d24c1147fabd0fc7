#!/bin/sh
echo Content-Type: text/plain
echo
uname -s; expr 6 \* 7
