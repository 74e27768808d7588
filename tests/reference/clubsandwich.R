# Prints what R's clubSandwich gives on tests/reference/institution_reports.csv (invented reports), for clubsandwich.yml:
#   Rscript tests/reference/clubsandwich.R > tests/reference/clubsandwich.yml
# CR3 is refused where an institution alone decides a coefficient; clubSandwich stops there too or gives what rounding leaves.
suppressMessages(library(clubSandwich))
reports <- read.csv("tests/reference/institution_reports.csv")
models <- list(
  plain = outcome ~ strategy + in_cluster + teaching + days,
  rare_in_one = outcome ~ strategy + in_cluster + teaching + days + rare_in_one,
  whole_of_one = outcome ~ strategy + in_cluster + teaching + days + whole_of_one
)
cat("# Printed by clubsandwich.R, clubSandwich", as.character(packageVersion("clubSandwich")), "on R", as.character(getRversion()), "\n")
for (name in names(models)) {
  fit <- lm(models[[name]], data = reports)
  cat(name, ":\n", sep = "")
  show <- function(what, values) cat("  ", what, ": [", paste(sprintf("%.15g", values), collapse = ", "), "]\n", sep = "")
  show("estimates", coef(fit))
  show("ols", coef(summary(fit))[, 2])
  show("adj", summary(fit)$adj.r.squared)
  types <- if (name == "plain") c("CR1S", "CR2", "CR3") else c("CR1S", "CR2")
  for (type in types) show(type, sqrt(diag(vcovCR(fit, reports$institution, type = type))))
  tests <- coef_test(fit, vcov = "CR2", cluster = reports$institution, test = "Satterthwaite")
  show("df", tests$df_Satt)
  show("p", tests$p_Satt)
}
