#!/bin/bash
exec mariadb-admin ping --silent
