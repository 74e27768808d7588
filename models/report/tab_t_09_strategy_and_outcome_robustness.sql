with

coefficients as (

    select * from {{ ref('mart_statistics__coefficient') }}

),

robust as (

    select * from {{ ref('mart_statistics__robustness') }}

),

methods as (

    select * from {{ ref('robustness_method') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

published as (

    select
        coefficients.outcome_variable,
        coefficients.outcome_variable_label_nb,
        coefficients.outcome_variable_label_en,
        methods.method,
        methods.label_nb as method_label_nb,
        methods.label_en as method_label_en,
        methods.sort_order as method_sort_order,
        coefficients.estimate,
        coefficients.p_value,
        cast(null as {{ dbt.type_string() }}) as left_out_short_name,
        coefficients.result_reason
    from coefficients
    inner join methods on methods.method = 'published'
    where
        coefficients.report_place = 'Table 4.5'
        and coefficients.term = 'strategy_index'

),

again as (

    select
        outcome_variable,
        outcome_variable_label_nb,
        outcome_variable_label_en,
        method,
        method_label_nb,
        method_label_en,
        method_sort_order,
        estimate,
        p_value,
        left_out_short_name,
        result_reason
    from robust
    where
        report_place = 'Table 4.5'
        and term = 'strategy_index'

),

gathered as (

    select * from published
    union all
    select * from again

),

final as (

    select
        gathered.outcome_variable,
        gathered.outcome_variable_label_nb,
        gathered.outcome_variable_label_en,
        cast(coalesce(outcome_groups.sort_order, 99) as integer) as outcome_variable_sort_order,
        gathered.method,
        gathered.method_label_nb,
        gathered.method_label_en,
        gathered.method_sort_order,
        gathered.estimate,
        gathered.p_value,
        gathered.left_out_short_name,
        gathered.result_reason

    from gathered
    left join outcome_groups on gathered.outcome_variable = outcome_groups.outcome_group

)

select * from final
