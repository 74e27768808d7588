with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

indexed as (

    {{ outcome_indices('reports', []) }}

),

all_reports as (

    select coalesce(sum(n_participants), 0) as n_participants from reports

),

expected as (

    select
        outcome_group,
        sum(n_participants) as n_participants,
        {{ exact_weighted_sum('outcome_index', 'n_participants') }} as outcome_sum,
        {{ exact_weighted_sum('outcome_index * outcome_index', 'n_participants') }} as outcome_square_sum
    from indexed
    group by outcome_group

),

cells as (

    select
        outcome_group,
        sum(n_participants) as n_participants,
        sum(n_without_outcome) as n_without_outcome,
        {{ exact_sum('outcome_sum', 18) }} as outcome_sum,
        {{ exact_sum('outcome_square_sum', 18) }} as outcome_square_sum
    from {{ ref('mart_statistics__predictor_cell') }}
    group by outcome_group

),

compared as (

    select
        outcome_groups.outcome_group,
        coalesce(expected.n_participants, 0) as n_participants_in_reports,
        coalesce(cells.n_participants, 0) as n_participants_in_cells,
        all_reports.n_participants - coalesce(expected.n_participants, 0) as n_without_outcome_in_reports,
        coalesce(cells.n_without_outcome, 0) as n_without_outcome_in_cells,
        coalesce(expected.outcome_sum, 0) as outcome_sum_in_reports,
        coalesce(cells.outcome_sum, 0) as outcome_sum_in_cells,
        coalesce(expected.outcome_square_sum, 0) as outcome_square_sum_in_reports,
        coalesce(cells.outcome_square_sum, 0) as outcome_square_sum_in_cells
    from outcome_groups
    cross join all_reports
    left join expected on outcome_groups.outcome_group = expected.outcome_group
    left join cells on outcome_groups.outcome_group = cells.outcome_group

)

-- The sums of the cells are doubles: their last digits are not those of the sum of all reports.
select * from compared
where
    n_participants_in_cells <> n_participants_in_reports
    or n_without_outcome_in_cells <> n_without_outcome_in_reports
    or abs(outcome_sum_in_cells - outcome_sum_in_reports) > 0.000000001 * (1 + outcome_sum_in_reports)
    or abs(outcome_square_sum_in_cells - outcome_square_sum_in_reports) > 0.000000001 * (1 + outcome_square_sum_in_reports)
