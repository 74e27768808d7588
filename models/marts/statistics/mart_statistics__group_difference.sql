with

differences as (

    select * from {{ ref('stat_group_difference') }}

),

variables as (

    select * from {{ ref('stat_variable') }}

),

runs as (

    select * from {{ ref('stat_run') }}

),

final as (

    select
        {{ result_record('differences') }},
        {{ named_in_words('differences', 'group_variable', 'group_variables') }},
        {{ named_in_words('differences', 'outcome_variable', 'outcome_variables') }},
        differences.n_groups,
        differences.f_value,
        differences.df_between,
        differences.df_within,
        differences.p_value,
        {{ is_significant('differences.p_value') }} as is_significant,
        differences.eta_squared,
        differences.p_holm as holm_p_value,
        differences.p_benjamini_hochberg as benjamini_hochberg_p_value,
        differences.published_value_id,
        {{ run_record() }}

    from differences
    left join variables as group_variables on differences.group_variable = group_variables.variable
    left join variables as outcome_variables on differences.outcome_variable = outcome_variables.variable
    left join variables as subsets on differences.subset = subsets.variable
    cross join runs

)

select * from final
