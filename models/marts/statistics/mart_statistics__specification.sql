with

specifications as (

    select * from {{ ref('stat_specification_curve') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        {{ result_record('specifications') }},
        {{ named_in_words('specifications', 'outcome_variable', 'outcome_variables') }},
        specifications.specification_number,
        specifications.tie_rule,
        specifications.minimum_answered_share,
        specifications.index_version,
        specifications.institutions as institutions_subset,
        specifications.duration_form,
        specifications.controls,
        specifications.estimate,
        specifications.std_error,
        specifications.p_value,
        {{ is_significant('specifications.p_value') }} as is_significant,
        specifications.cr2_std_error,
        specifications.cr2_degrees_of_freedom,
        specifications.cr2_p_value,
        {{ is_significant('specifications.cr2_p_value') }} as is_cr2_significant,
        specifications.ci_low,
        specifications.ci_high,
        {{ run_record() }}

    from specifications
    left join variables as outcome_variables on specifications.outcome_variable = outcome_variables.variable
    left join variables as subsets on specifications.subset = subsets.variable
    cross join runs

)

select * from final
