# Sourced by the server when a request needs it.
ships <- data.frame(
  name = c("Vasa", "Fram", "Gjoa", "Kon-Tiki", "Ra"), length = c(69, 39, 21, 13.7, 15), year = c(1628, 1892, 1872, 1947, 1969)
)
