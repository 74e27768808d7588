with

gaps as (

    select * from {{ ref('stat_missing') }}

),

models as (

    select * from {{ ref('stat_regression_model') }}

),

terms as (

    select * from {{ ref('stat_regression_term') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        gaps.analysis_id,
        gaps.place as report_place,
        gaps.level,
        gaps.subset,
        subsets.label_nb as subset_label_nb,
        subsets.label_en as subset_label_en,
        {{ named_in_words('models', 'outcome_variable', 'outcome_variables') }},
        {{ named_in_words('gaps', 'variable', 'variables') }},
        cast(coalesce(terms.term_order, 0) as integer) as variable_sort_order,
        gaps.n_observations,
        gaps.n_missing,
        gaps.missing_share,
        gaps.n_lost_by_it_alone,
        gaps.status as result_status,
        gaps.reason as result_reason,
        {{ run_record() }}

    from gaps
    inner join models on gaps.analysis_id = models.analysis_id
    left join terms
        on gaps.analysis_id = terms.analysis_id
        and gaps.variable = terms.term
    left join variables on gaps.variable = variables.variable
    left join variables as outcome_variables on models.outcome_variable = outcome_variables.variable
    left join variables as subsets on gaps.subset = subsets.variable
    cross join runs

)

select * from final
