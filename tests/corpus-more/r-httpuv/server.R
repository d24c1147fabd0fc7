# A laboratory behind HTTP. Packages are loaded by the requests that need them.
library(httpuv)

plot_to <- function(device, file) {
  device(file)
  plot(cars, main = "Stopping distances")
  abline(lm(dist ~ speed, cars))
  dev.off()
  readBin(file, "raw", file.size(file))
}

answer <- function(path) {
  source("/srv/lab/helpers.R", local = TRUE)
  switch(path,
    "/" = "<h1>Laboratory</h1>",
    "/lm" = paste(round(coef(lm(dist ~ speed, cars)), 2), collapse = " "),
    "/glm" = paste(round(coef(glm(am ~ wt, binomial, mtcars)), 1), collapse = " "),
    "/json" = as.character(jsonlite::toJSON(ships)),
    "/mass" = { library(MASS); paste(names(coef(rlm(stack.loss ~ ., stackloss))), collapse = " ") },
    "/survival" = { requireNamespace("survival"); paste(class(survival::survfit(survival::Surv(time, status) ~ 1, survival::lung)), collapse = " ") },
    "/gam" = { library("mgcv"); paste(class(gam(dist ~ s(speed, k = 4), data = cars))[1], "fitted") },
    "/boot" = { set.seed(1); class(boot::boot(cars$dist, function(d, i) mean(d[i]), 20)) },
    "/splines" = paste(dim(splines::bs(1:10, df = 4)), collapse = "x"),
    "/parallel" = paste(unlist(parallel::mclapply(1:3, function(x) x^2, mc.cores = 2)), collapse = " "),
    "/stats4" = class(stats4::mle(function(m = 1) sum((c(1, 2, 3) - m)^2), method = "BFGS")),
    "/grid" = class(grid::unit(1, "npc"))[1],
    "/tools" = tools::file_ext("a.tar.gz"),
    "/compiler" = class(compiler::cmpfun(function(x) x + 1)),
    "/datasets" = paste(dim(get("iris")), collapse = "x"),
    "/tz" = format(as.POSIXct(0, origin = "1970-01-01", tz = "Europe/Oslo"), "%H:%M %Z"),
    "/iconv" = paste(as.integer(charToRaw(iconv("\u00e6", "UTF-8", "latin1"))), collapse = " "),
    "/regex" = sub("(\\w+) (\\w+)", "\\2 \\1", "hello world", perl = TRUE),
    "/svd" = paste(round(svd(matrix(1:4, 2))$d, 2), collapse = " "),
    "/csv" = { f <- tempfile(); write.csv(ships, f, row.names = FALSE); paste(readLines(f, 2), collapse = " ") },
    "/rds" = { f <- tempfile(); saveRDS(ships, f, compress = "xz"); readRDS(f)$name[2] },
    NULL
  )
}

app <- list(call = function(request) {
  path <- request$PATH_INFO
  plots <- list("/plot.png" = list(png, "image/png"), "/plot.pdf" = list(pdf, "application/pdf"), "/plot.svg" = list(svg, "image/svg+xml"))
  if (path %in% names(plots)) {
    kind <- plots[[path]]
    return(list(status = 200L, headers = list("Content-Type" = kind[[2]]), body = plot_to(kind[[1]], tempfile())))
  }
  body <- tryCatch(answer(path), error = function(e) e)
  if (inherits(body, "error")) return(list(status = 500L, headers = list("Content-Type" = "text/plain"), body = conditionMessage(body)))
  if (is.null(body)) return(list(status = 404L, headers = list("Content-Type" = "text/plain"), body = "no such experiment"))
  list(status = 200L, headers = list("Content-Type" = "text/html; charset=utf-8"), body = body)
})

runServer("0.0.0.0", 8000, app)
