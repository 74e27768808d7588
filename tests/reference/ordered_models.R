# Draws the data of test_statistics_ordered.py and fits them by ordinal::clm: Rscript tests/reference/ordered_models.R
# Writes ordered_models.csv and ordered_models.json beside itself; MASS::polr must agree.
# Made with R 4.2.2, ordinal 2022.11-16, MASS 7.3-58.2, sandwich 3.0-2.
suppressMessages({
  library(ordinal)
  library(MASS)
  library(sandwich)
  library(jsonlite)
})

own_path <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
folder <- dirname(own_path)

# Cells: institutions of unequal size; a number of days, a dummy and an attribute of the institution as predictors.
drawn <- function(case, seed, thresholds, levels) {
  set.seed(seed)
  sizes <- sample(3:40, 12, replace = TRUE)
  of <- rep(seq_along(sizes), sizes)
  days <- sample(c(2, 5, 7, 30), length(of), replace = TRUE)
  teaching <- rbinom(length(of), 1, 0.4)
  strategy <- round(runif(12), 2)[of]
  latent <- 0.03 * days - 0.8 * teaching + 1.5 * strategy + rnorm(12, 0, 0.5)[of] + rlogis(length(of))
  answer <- levels[findInterval(latent, thresholds) + 1]
  institution <- sprintf("i%02d", of)
  aggregate(n ~ case + institution + days + teaching + strategy + answer,
            data.frame(case, institution, days, teaching, strategy, answer, n = 1), sum)
}

data <- rbind(
  drawn("five_answers", 1, c(-2, -0.5, 1, 2.5), 1:5),
  drawn("answer_not_given", 2, c(-1, 0.5, 2), c(1L, 2L, 4L, 5L)),
  drawn("two_answers", 3, 1, c(2L, 3L)),
  drawn("rare_answer", 4, c(-4.5, -0.5, 1, 2.5), 1:5)
)
write.csv(data, file.path(folder, "ordered_models.csv"), row.names = FALSE, quote = FALSE)
data <- read.csv(file.path(folder, "ordered_models.csv"))

names_of_predictors <- c("days", "teaching", "strategy")
fitted <- function(cells) {
  rows <- cells[rep(seq_len(nrow(cells)), cells$n), ]
  rows$answer <- factor(rows$answer)
  formula <- answer ~ days + teaching + strategy
  fit <- clm(formula, data = rows, control = clm.control(gradTol = 1e-10))
  # The factor G / (G - 1), nothing else: CR1 without the one for the number of coefficients.
  clustered <- vcovCL(fit, cluster = rows$institution, type = "HC0", cadjust = TRUE)
  if (nlevels(rows$answer) > 2) {
    other <- polr(formula, data = rows, Hess = TRUE)
    stopifnot(
      all.equal(coef(other), fit$beta, tolerance = 1e-3),
      all.equal(sqrt(diag(vcov(other)))[names_of_predictors], sqrt(diag(vcov(fit)))[names_of_predictors], tolerance = 1e-3),
      all.equal(
        sqrt(diag(vcovCL(other, cluster = rows$institution, type = "HC0")))[names_of_predictors],
        sqrt(diag(clustered))[names_of_predictors],
        tolerance = 1e-3
      )
    )
  }
  list(
    estimates = unname(fit$beta[names_of_predictors]),
    std_errors = unname(sqrt(diag(vcov(fit)))[names_of_predictors]),
    clustered_std_errors = unname(sqrt(diag(clustered))[names_of_predictors]),
    levels = as.integer(levels(rows$answer)),
    thresholds = I(unname(fit$alpha)),
    log_likelihood = as.numeric(logLik(fit)),
    n_observations = nrow(rows)
  )
}

result <- lapply(split(data, data$case), fitted)
write_json(result, file.path(folder, "ordered_models.json"), auto_unbox = TRUE, digits = NA, pretty = TRUE)
