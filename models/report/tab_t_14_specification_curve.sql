with

specifications as (

    select * from {{ ref('mart_statistics__specification') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

counted as (

    select
        analysis_id,
        outcome_variable,
        outcome_variable_label_nb,
        outcome_variable_label_en,
        count(estimate) as n_specifications,
        sum(case when estimate is null then 1 else 0 end) as n_specifications_left_out,
        min(estimate) as lowest_specification_estimate,
        percentile_cont(0.5) within group (order by estimate) as median_specification_estimate,
        max(estimate) as highest_specification_estimate,
        sum(case when estimate > 0 then 1 else 0 end) as n_positive,
        sum(case when is_significant then 1 else 0 end) as n_significant,
        sum(case when is_cr2_significant then 1 else 0 end) as n_cr2_significant
    from specifications
    group by analysis_id, outcome_variable, outcome_variable_label_nb, outcome_variable_label_en

),

final as (

    select
        counted.analysis_id,
        counted.outcome_variable,
        counted.outcome_variable_label_nb,
        counted.outcome_variable_label_en,
        cast(coalesce(outcome_groups.sort_order, 99) as integer) as outcome_variable_sort_order,
        counted.n_specifications,
        cast(counted.n_specifications_left_out as bigint) as n_specifications_left_out,
        counted.lowest_specification_estimate,
        cast(counted.median_specification_estimate as double) as median_specification_estimate,
        counted.highest_specification_estimate,
        {{ share('counted.n_positive', 'counted.n_specifications') }} as positive_share,
        {{ share('counted.n_significant', 'counted.n_specifications') }} as significant_share,
        {{ share('counted.n_cr2_significant', 'counted.n_specifications') }} as cr2_significant_share

    from counted
    left join outcome_groups on counted.outcome_variable = outcome_groups.outcome_group

)

select * from final
