# Draws the data of test_statistics_mixed.py and fits them by lme4: Rscript tests/reference/mixed_models.R
# Writes mixed_models.csv and mixed_models.json beside itself. Made with R 4.2.2, lme4 1.1-31.
suppressMessages({
  library(lme4)
  library(jsonlite)
})

own_path <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
folder <- dirname(own_path)

# Institutions of unequal size, persons with one to four reports; one predictor of each level, in raw units.
drawn <- function(case, seed, institutions, sd_institution, sd_person) {
  set.seed(seed)
  persons <- sample(2:25, institutions, replace = TRUE)
  institution <- rep(seq_len(institutions), persons)
  reports <- sample(1:4, length(institution), replace = TRUE, prob = c(0.6, 0.2, 0.15, 0.05))
  person <- rep(seq_along(institution), reports)
  of <- institution[person]
  x_institution <- round(rnorm(institutions), 3)
  x_person <- rbinom(length(institution), 1, 0.4)
  x_report <- round(rnorm(length(person), 1000, 50), 1)
  y <- 3 + 0.02 * x_report - x_person[person] + 0.5 * x_institution[of] +
    rnorm(institutions, 0, sd_institution)[of] + rnorm(length(institution), 0, sd_person)[person] + rnorm(length(person))
  # The first person reports from the second institution too: the model must not join them.
  twice <- c(which(person == 1), which(of == 2)[1])
  name <- sprintf("p%03d", person)
  name[twice] <- "p001"
  data.frame(case, institution = sprintf("i%02d", of), person = name, x_report, x_person = x_person[person],
             x_institution = x_institution[of], y = round(y, 4))
}

data <- rbind(
  drawn("large_variances", 1, 12, 5, 3),
  drawn("institutions_alike", 14, 10, 0, 1),
  drawn("persons_alike", 12, 10, 0.7, 0),
  drawn("all_alike", 15, 9, 0, 0)
)
write.csv(data, file.path(folder, "mixed_models.csv"), row.names = FALSE, quote = FALSE)
data <- read.csv(file.path(folder, "mixed_models.csv"))

# Tighter than the default, which ends at five digits.
precise <- lmerControl(optimizer = "bobyqa", calc.derivs = FALSE, optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
fitted <- function(rows, with_persons) {
  model <- y ~ x_report + x_person + x_institution + (1 | institution)
  if (with_persons) model <- update(model, . ~ . + (1 | institution:person))
  fit <- suppressMessages(lmer(model, rows, REML = TRUE, control = precise))
  variances <- as.data.frame(VarCorr(fit))
  variance <- setNames(variances$vcov, variances$grp)
  list(
    estimates = unname(fixef(fit)),
    std_errors = unname(sqrt(diag(as.matrix(vcov(fit))))),
    institution_variance = variance[["institution"]],
    person_variance = if (with_persons) variance[["institution:person"]] else 0,
    residual_variance = variance[["Residual"]],
    log_likelihood = as.numeric(logLik(fit)),
    n_observations = nobs(fit)
  )
}

cases <- split(data, data$case)
result <- lapply(cases, function(rows) list(with_persons = fitted(rows, TRUE), institutions_only = fitted(rows, FALSE)))
write_json(result, file.path(folder, "mixed_models.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
