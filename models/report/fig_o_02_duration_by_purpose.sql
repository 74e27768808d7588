with

mobilities as (

    select * from {{ ref('fct_open_mobility') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

bins as (

    select * from {{ ref('duration_group') }}
    where grouping = 'distribution'

),

{{ duration_by_purpose() }}

select * from final
