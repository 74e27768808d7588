with

models as (

    select * from {{ ref('stat_regression_model') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        {{ result_record('models') }},
        {{ named_in_words('models', 'outcome_variable', 'outcome_variables') }},
        models.model_type,
        models.n_predictors,
        models.n_left_out_by_missing,
        models.r_squared,
        models.adjusted_r_squared,
        models.f_value,
        models.f_p_value,
        {{ is_significant('models.f_p_value') }} as is_significant,
        models.residual_std_error,
        models.condition_number,
        models.log_likelihood,
        models.published_value_id,
        {{ run_record() }}

    from models
    left join variables as outcome_variables on models.outcome_variable = outcome_variables.variable
    left join variables as subsets on models.subset = subsets.variable
    cross join runs

)

select * from final
