#!/usr/bin/env Rscript
# report.R FILE: the table of ships as text and as a picture.
source("/srv/lab/helpers.R")
print(aggregate(length ~ year > 1900, ships, mean))
library(stats)
png(commandArgs(TRUE)[1])
barplot(ships$length, names.arg = ships$name)
invisible(dev.off())
cat("written\n")
